"""Everything that the first visitor of a page would wait for: imported by a process that is then forked."""

from kdviz.pages.catalogue import CATALOGUE, load

TASKS = {slug: load(slug).tasks for slug in CATALOGUE}
