"""Clusters in this process whose parts misbehave as a test wants."""

from tieout._spark.plain import PlainCluster


def cluster_of(parts):
    """A cluster of such parts.

    Args:
        parts: A class of `PlainParts`.
    """

    class Cluster(PlainCluster):
        def scattered(self, source, first):
            return parts(super().scattered(source, first).held)

        def parts(self, given):
            return parts(list(given))

    return Cluster
