"""The widgets of the application."""
