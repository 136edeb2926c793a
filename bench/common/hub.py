"""How the model hub's own client is set up here: it reads the environment once, when it is first imported."""

from __future__ import annotations


def hub_is_off() -> bool:
    """Return whether the environment forbids the client to use the network (``HF_HUB_OFFLINE``)."""
    from huggingface_hub import constants

    return constants.HF_HUB_OFFLINE


def hub_url() -> str:
    """Return where the hub is: the mirror, if ``HF_ENDPOINT`` names one."""
    from huggingface_hub import constants

    return constants.ENDPOINT
