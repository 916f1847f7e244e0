"""Pictures of the lab's experiments: figures, animations, players and reports."""
