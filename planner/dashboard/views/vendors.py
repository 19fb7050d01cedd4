"""The Vendors page: the quotes to edit, who is the cheapest for what, what would change that, and one vendor's bill."""

import streamlit as st

from planner.dashboard import show
from planner.dashboard.page import opened
from planner.dashboard.vendors import buying
from planner.dashboard.vendors import parts as vendor_parts
from planner.report import words_vendors
from planner.report.charts.vendors import cost_chart, days_chart

page = opened()
found, plan, sentence = buying.current(page.plan, page.start)
if sentence is not None:
    st.error(show.text(f"{sentence}.{'' if found is None else ' The last answer is kept.'}"))

st.caption(show.text(plan.task.name))
st.title(show.text(words_vendors.headline(found) if found is not None else "No answer yet"), anchor=False)
if found is not None:
    st.markdown(show.text(words_vendors.summary(found)))

st.subheader("Quotes", anchor=False)
vendor_parts.quotes(page)
if found is None:
    st.stop()
if found.warnings:
    st.warning("\n".join(f"- {show.text(warning)}" for warning in found.warnings))

show.figure(lambda: cost_chart(found), "cost_by_vendor")
vendor_parts.deals(found)

if found.comparable > 1 and found.winning:
    st.subheader("At which price each would win", anchor=False)
    vendor_parts.winning(found)

st.subheader("Days against cost", anchor=False)
chosen = vendor_parts.plan_of(found)
show.figure(lambda: days_chart(found, chosen), "days_against_cost")

st.subheader("One vendor's bill", anchor=False)
vendor_parts.bill(found)

st.subheader("What a label costs", anchor=False)
vendor_parts.labels(found)
