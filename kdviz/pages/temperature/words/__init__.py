"""The words of page 01, in the language of this process."""

from kdviz.words import spoken

W = spoken(__name__)
