"""The pane that shows one capture: a header, one tab per view, and the action bar.

Each view is a `DetailView`, listed in `VIEWS` in `pane`. A view with several modules has its own folder.
The domain parses bodies and checks signatures.
"""
