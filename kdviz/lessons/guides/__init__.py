"""The words of each page: goal, question, tasks, reading and starting points."""
