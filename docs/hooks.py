"""What `mkdocs build` does beside its plug-ins: files from outside docs/, sources for llms.txt, no other hosts.

mkdocs calls the functions by their names.
"""

import re
import shutil
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")  # of the repository's root, shown in the site too
COPIED = ("LICENSE", "CITATION.cff")

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
DIAGRAMS = re.compile(r"<script type=\"module\">(?:(?!</script>).)*mermaid.*?</script>", re.DOTALL)
REQUEST = re.compile(
    r"<(?:script|img|iframe|source|audio|video)\b[^>]*\ssrc=[\"']?(?:https?:)?//[^>]*>"
    r"|<link\b[^>]*rel=[\"']?(?:stylesheet|icon|preconnect|preload|modulepreload)[^>]*href=[\"']?(?:https?:)?//[^>]*>"
    r"|\bimport\b[^;<]{0,80}[\"'](?:https?:)?//[^\"']+[\"']"
    r"|@import\s+url\([\"']?(?:https?:)?//[^)]*\)",
    re.IGNORECASE,
)


def on_files(files: Files, config: Any) -> Files:
    """Add the root's pages and the examples."""
    examples = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "examples").rglob("*")) if path.is_file()]
    for name in (*PAGES, *COPIED, *examples):
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Point links from and to the root at the site's copies; what the site does not hold becomes text."""
    here = page.file.src_uri
    source = here if here in PAGES else f"docs/{here}"  # the path in the repository

    def link(match: re.Match[str]) -> str:
        text, target = match.groups()
        name, hash_, anchor = target.partition("#")
        if "://" in target or not name:
            return match[0]
        path = normpath(f"{source}/../{name}")  # in the repository
        held = path.removeprefix("docs/")
        if files.get_file_from_path(held) is None:
            return text
        return f"[{text}]({relpath(held, Path(here).parent.as_posix())}{hash_}{anchor})"

    parts = CODE.split(markdown)
    return "".join(part if i % 2 else LINK.sub(link, part) for i, part in enumerate(parts))


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Take out the diagrams' script of notebooks, and refuse a page that would fetch something from another host.

    Raises:
        PluginError: it names the page and the first such tag.
    """
    output = DIAGRAMS.sub("", output)
    if found := REQUEST.search(output):
        raise PluginError(f"{page.file.src_uri}: the page would fetch {found[0][:200]}")
    return output


def on_post_build(config: Any) -> None:
    """Lay the sources beside the pages, as llms.txt links them."""
    for path in (one for kind in ("*.md", "*.ipynb") for one in (ROOT / "docs").rglob(kind)):
        shutil.copyfile(path, Path(config.site_dir) / path.relative_to(ROOT / "docs"))
