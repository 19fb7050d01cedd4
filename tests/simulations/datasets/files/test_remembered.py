"""What a file was read for is remembered, setting by setting."""

from simulations.datasets.files import remembered


def test_the_same_settings_in_any_order_are_read_once_and_others_by_themselves():
    read = []

    @remembered
    def size(**settings):
        read.append(settings)
        return len(read)

    assert size({"path": "a", "test_size": 3}) == size({"test_size": 3, "path": "a"}) == 1
    assert size({"path": "b", "test_size": 3}) == 2
    assert read == [{"path": "a", "test_size": 3}, {"path": "b", "test_size": 3}]


def test_eight_answers_are_kept():
    read = []
    size = remembered(lambda number: read.append(number))
    for number in (*range(9), 8, 1, 0):
        size({"number": number})
    assert read == [*range(9), 0]
