"""Matching beyond one machine: what is settled by itself is settled where it lies, and the rest is brought together.

The way of the data. Both sides are cut into buckets, so that records whose keys are equal to the first rule meet in one. In each
bucket the local engine's own functions decide that rule; a block of equal keys is *closed* when every record of it is in a sound
pair, which nothing elsewhere can change. Records of all other blocks are the *rest*. The local engine then decides the rest, with
the closed blocks that its rules would look at beside it, and with what it is told of all others (`Elsewhere`). So there is one
definition of every rule, of every score and of every doubt, and Spark only carries.
"""
