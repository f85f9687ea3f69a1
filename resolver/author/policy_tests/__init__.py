"""Policy tests: cases as data beside a policy, read, run, and measured for coverage."""
