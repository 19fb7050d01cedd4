"""The Vendors page: the quotes to edit, who is the cheapest for what, what would change that, and one vendor's bill."""

import streamlit as st

from planner.dashboard import components
from planner.dashboard.session import current_page
from planner.dashboard.views import vendors_parts
from planner.render.quotes import words as quote_words
from planner.render.quotes.charts import cost_chart, days_chart

page = current_page()
found, plan, sentence = vendors_parts.current_buying(page.plan, page.start)
if sentence is not None:
    st.error(components.text(f"{sentence}.{'' if found is None else ' The last answer is kept.'}"))

st.caption(components.text(plan.task.name))
st.title(components.text(quote_words.headline(found) if found is not None else "No answer yet"), anchor=False)
if found is not None:
    st.markdown(components.text(quote_words.summary(found)))

st.subheader("Quotes", anchor=False)
vendors_parts.quotes(page)
if found is None:
    st.stop()
if found.warnings:
    st.warning("\n".join(f"- {components.text(warning)}" for warning in found.warnings))

components.figure(lambda: cost_chart(found), "cost_by_vendor")
vendors_parts.deals(found)

if found.comparable > 1 and found.winning:
    st.subheader("At which price each would win", anchor=False)
    vendors_parts.winning(found)

st.subheader("Days against cost", anchor=False)
chosen = vendors_parts.plan_of(found)
components.figure(lambda: days_chart(found, chosen), "days_against_cost")

st.subheader("One vendor's bill", anchor=False)
vendors_parts.bill(found)

st.subheader("What a label costs", anchor=False)
vendors_parts.labels(found)
