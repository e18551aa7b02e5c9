"""How play adjusts: from many starts, where do best replies, quantal responses, imitation and learning lead?

================================  ==========================================================================================================
rules of adjustment               ``rules`` (`BestReplyDynamics`, `LogitDynamics`, `ReplicatorDynamics`, `FictitiousPlay`)
their kernels                     ``reply_tables`` (best replies over pure profiles), ``flows`` (differential equations), ``beliefs``
                                  (fictitious play)
where they start                  ``starts``
payoffs without units             ``scaled``
what they return                  ``ends`` (`Adjustments`), ``basins`` (`Basins`: the share of starts that end in each equilibrium)
================================  ==========================================================================================================
"""
