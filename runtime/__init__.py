"""The trusted side: IR, proofs, optimizer, code generator, validator and loader of downloaded code."""
