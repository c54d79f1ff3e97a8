"""The models of this repository: one folder each. `platform/models.py` finds them.

This file defines no names, because a name would clash with the folder of a model.
"""
