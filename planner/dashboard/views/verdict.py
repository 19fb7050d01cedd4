"""The Verdict page: the answer as its title, then the money, the futures, and what would change it."""

import streamlit as st

from planner.dashboard import components
from planner.dashboard.session import answered_page
from planner.dashboard.views import verdict_parts
from planner.render.curves.charts import curves_chart
from planner.render.verdict import words
from planner.render.verdict.charts import bill_chart, futures_chart, price_chart, tornado_chart
from planner.render.verdict.words import hybrid_rows, hybrid_sentence

page, verdict = answered_page()

st.caption(components.text(verdict.task_name))
st.title(words.headline(verdict), anchor=False)
st.markdown(components.text(words.sentence(verdict)))
components.cards(words.cards(verdict))
if reached := words.at_the_budget(verdict):
    st.markdown(components.text(reached))
if verdict.warnings:
    st.warning("\n".join(f"- {components.text(warning)}" for warning in verdict.warnings))

left, right = st.columns(2)
with left:
    components.figure(futures_chart(verdict), "futures")
with right:
    components.figure(price_chart(verdict), "chance_by_price")

if missed := words.never_reached(verdict):
    st.markdown(components.text(missed))
components.figure(tornado_chart(verdict), "tornado")
beyond = st.container()  # filled last: it takes longer than everything below it

st.subheader("The plans", anchor=False)
components.table(
    words.plan_rows(verdict), "Labels, cost, days, and chance of never reaching the target or what is reached, by plan"
)
st.markdown(components.text(words.labels_saved(verdict)))
left, right = st.columns(2)
with left:
    components.figure(bill_chart(verdict), "mean_bill")
with right:
    components.figure(curves_chart(verdict), "learning_curves")

if hybrid := hybrid_sentence(verdict):
    st.subheader("Labelling the whole pool", anchor=False)
    st.markdown(components.text(hybrid))
    components.table(
        hybrid_rows(verdict), "Labels by people and by the model, errors and cost, by who picks people's items"
    )

verdict_parts.report(verdict, page.start)

with beyond:
    verdict_parts.show_block(verdict, page.start)
