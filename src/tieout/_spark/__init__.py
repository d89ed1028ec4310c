"""Spreading: frames in parts, which functions of this package's rooms turn into other parts, bucket by bucket.

What runs is plain Polars in one process, or the same on Apache Spark, which moves the parts. Only `spark.py` imports pyspark, and
that when it is called. Of other rooms this package knows none.
"""
