"""Settings of the site: `sphinx-build -W docs FOLDER` builds it."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "extensions")]

from micrograd_plus import __version__

project = "micrograd_plus"
author = "the micrograd_plus authors"
copyright = author  # noqa: A001 - Sphinx's name
version = release = __version__

extensions = ["code_host", "docstrings", "drawn", "mathml", "myst_parser", "sphinx_copybutton"]
exclude_patterns = ["extensions"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
autodoc_type_aliases = {"ArrayLike": "ArrayLike", "DTypeLike": "DTypeLike"}
add_module_names = False
python_maximum_signature_line_length = 100

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "micrograd_plus"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_search_summary = False  # a page opened as a file may not read other files
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
