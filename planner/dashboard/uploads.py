"""Files that are uploaded to a page: read in memory, limited in size, and kept while other pages are open."""

import streamlit as st

from planner.dashboard import components
from simulations.errors import InputError
from simulations.files import check_size

MOST_MB = 2
MOST_BYTES = MOST_MB * 1_000_000


def upload(label: str, key: str, kinds: list[str], *, help_text: str, most_bytes: int = 0) -> tuple[str, bytes] | None:
    """Show an uploader and give the name and bytes of the file that was uploaded last, if any.

    Args:
        label: above the field.
        key: of the file in the session.
        kinds: endings of file names that may be chosen.
        help_text: what the file has to hold.
        most_bytes: how large it may be; `MOST_BYTES` where not given.
    """
    most = most_bytes or MOST_BYTES
    st.file_uploader(
        label,
        type=kinds,
        key=f"{key}.file",
        on_change=_keep,
        args=(key,),
        help=components.text(help_text),
        max_upload_size=most // 1_000_000,
    )
    file: tuple[str, bytes] | None = st.session_state.get(key)
    if file is None:
        return None
    name, data = file
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(components.text(f"In use: {name}, {len(data):,} bytes."))
        st.button("Put it away", key=f"{key}.forget", on_click=_forget, args=(key,), type="tertiary")
    try:
        check_size(data, most, name)
    except InputError as error:
        st.error(components.text(f"{error}."))
        return None
    return name, data


def _keep(key: str) -> None:
    file = st.session_state[f"{key}.file"]
    # An uploader forgets its file when its page is left; taking it out by hand puts it away here too.
    if file is None:
        _forget(key)
    else:
        st.session_state[key] = (file.name, file.getvalue())


def _forget(key: str) -> None:
    st.session_state.pop(key, None)
