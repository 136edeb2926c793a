"""What both paths train with: settings, loss, agreement, and the learner."""
