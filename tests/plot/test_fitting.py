from negotiation_sim.plot.fitting import fitted, text_inches


def test_names_are_broken_before_they_are_set_smaller_and_cut_last():
    name = "Accept the unconditional ceasefire at once"
    (one,), size = fitted([name], 10.0, 3, 8.0)
    assert (one, size) == (name, 8.0)
    (three,), size = fitted([name], 1.2, 3, 8.0)
    assert size == 8.0
    assert three.replace("\n", " ") == name
    (small,), size = fitted([name], 0.9, 3, 8.0)
    assert size == 0.9 * 8.0
    assert text_inches(small, size) <= 0.9
    assert small.replace("\n", " ") == name
    (cut,), size = fitted([name], 0.8, 2, 8.0)
    assert size == 0.7 * 8.0
    assert cut.endswith("…")
    assert text_inches(cut, size) <= 0.8


def test_a_long_word_is_broken_with_a_hyphen_and_does_not_shrink_the_others_to_nothing():
    lines, size = fitted(["Donaudampfschifffahrtsgesellschaft", "Wait", ""], 1.0, 4, 8.0)
    assert lines[0].replace("-\n", "") == "Donaudampfschifffahrtsgesellschaft"
    assert lines[1:] == ["Wait", ""]
    assert size == 0.9 * 8.0
    assert text_inches(lines[0], size) <= 1.0
