"""Start the dashboards with Voila: the index page at `/`, the settings of `voila.json`, one line when it is ready."""

from kdviz.serve.launch import launch

__all__ = ["launch"]
