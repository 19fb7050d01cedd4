from planner.plan import Plan, paths


def test_every_path_is_that_of_an_input():
    constants = {name: value for name, value in vars(paths).items() if name.isupper() and isinstance(value, str)}
    assert len(constants) > 40
    assert set(constants.values()) <= Plan().inputs_by_path.keys()
    assert paths.vendor(0, "price_usd") in Plan().inputs_by_path
