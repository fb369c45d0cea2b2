"""The measured figures: what a request costs, beside what it should cost and what the floor costs."""
