"""`python -m planner.dashboard.serve` is `streamlit`, without its look-ups of this machine's addresses."""

from streamlit import net_util
from streamlit.web.cli import main


def stay_local() -> None:
    """Keep Streamlit from asking who this machine is for the world, which no option does.

    A WebSocket from another site makes it compare that site with the machine's own addresses: the outside one it gets
    from a web service. Only pages of this machine are to talk to the dashboard, so that there is nothing to compare.
    """
    net_util.get_external_ip = net_util.get_internal_ip = _find_no_address


def _find_no_address() -> None:
    return None


if __name__ == "__main__":
    stay_local()
    main(prog_name="streamlit")
