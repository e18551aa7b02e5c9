"""Parameter sweeps: any model in, labelled arrays out."""
