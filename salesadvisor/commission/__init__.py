"""Commission: plan -> pay, step by step, in exact numbers; and what is wrong with a plan."""
