"""What a person has set: the plan, its edits in the address, the store, and the side bar that changes them."""
