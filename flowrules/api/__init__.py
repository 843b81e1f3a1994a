"""The functions for scripts: `load`, `check`, `preview`, `why`, `diff`, `replay`. `flowrules` exports them."""
