"""The words of page 04, in the language of this process."""

from kdviz.words import spoken

W = spoken(__name__)
