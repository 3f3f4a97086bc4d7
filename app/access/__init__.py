"""Who may ask, from where, and how much.

``origins`` lets pages in by their exact origin, ``guarding`` looks at what a request shows (``keys``, ``tokens``, ``oidc``)
and holds it against ``rules`` and ``limits``, ``gate`` keeps the questions under way within bounds. ``settings`` has the
settings of all of these and refuses combinations that would open the service to the world.
"""
