"""The Verdict page: the answer as its title, then the money, the futures, and what would change it."""

import streamlit as st

from planner.dashboard import show
from planner.dashboard.page import opened_with_answer
from planner.dashboard.verdict import download, settled
from planner.report import charts, words
from planner.report.words_hybrid import hybrid_rows, hybrid_sentence

page, verdict = opened_with_answer()

st.caption(show.text(verdict.task_name))
st.title(words.headline(verdict), anchor=False)
st.markdown(show.text(words.sentence(verdict)))
show.cards(words.cards(verdict))
if reached := words.at_the_budget(verdict):
    st.markdown(show.text(reached))
if verdict.warnings:
    st.warning("\n".join(f"- {show.text(warning)}" for warning in verdict.warnings))

left, right = st.columns(2)
with left:
    show.figure(charts.futures_chart(verdict), "futures")
with right:
    show.figure(charts.price_chart(verdict), "chance_by_price")

if missed := words.never_reached(verdict):
    st.markdown(show.text(missed))
show.figure(charts.tornado_chart(verdict), "tornado")
beyond = st.container()  # filled last: it takes longer than everything below it

st.subheader("The plans", anchor=False)
show.table(
    words.plan_rows(verdict), "Labels, cost, days, and chance of never reaching the target or what is reached, by plan"
)
st.markdown(show.text(words.labels_saved(verdict)))
left, right = st.columns(2)
with left:
    show.figure(charts.bill_chart(verdict), "mean_bill")
with right:
    show.figure(charts.curves_chart(verdict), "learning_curves")

if hybrid := hybrid_sentence(verdict):
    st.subheader("Labelling the whole pool", anchor=False)
    st.markdown(show.text(hybrid))
    show.table(hybrid_rows(verdict), "Labels by people and by the model, errors and cost, by who picks people's items")

download.report(verdict, page.start)

with beyond:
    settled.show_block(verdict, page.start)
