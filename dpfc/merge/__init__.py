"""Filters merged: formulas to a decision trie to IR; which filter wins, with witness messages."""
