"""The shipped policy as a user of each contender would write it: `load` takes the rows and returns what decides."""
