"""The pane with one capture: a header, a tab per view, and a bar of actions.

A view is a `DetailView`; `VIEWS` in `pane` is the table of them. A view with several modules has a folder.
Bodies are parsed and signatures are checked in the domain, not here.
"""
