"""The logger that Slack's libraries are given: warnings and worse. At DEBUG they would write whole messages down.

Its level is set by name, since the libraries take an unset level for DEBUG and do the work of it.
"""

import logging

quiet_logger = logging.getLogger("slack")
quiet_logger.setLevel(logging.WARNING)
