"""The transparency log: an append-only Merkle tree with signed checkpoints and proofs."""
