"""`python -m research.learning --lcdb PATH`: learns the shipped prior again."""

import sys

from research.learning.prior import main

sys.exit(main())
