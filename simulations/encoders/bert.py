"""The BERT encoder (Devlin et al. 2019, section 3) as plain functions of its weights.

Notation
    B, T   texts in a batch, tokens in its longest text
    d, h   width, attention heads of d/h numbers each
    ids    (B, T) token numbers; real (B, T) False where a text is padded
    x      (B, T, d) hidden states
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WIDTH = 384
HEADS = 12
_EPSILON = 1e-12


def embed_sentences(weights: "Mapping[str, Tensor]", ids: "Tensor", real: "Tensor", *, heads: int = HEADS) -> "Tensor":
    """Encode texts: hidden states of the last layer, averaged over the real tokens, at unit length.

    Mean pooling after Reimers & Gurevych 2019, Sentence-BERT, section 3.

    Args:
        weights: tensors by BERT's own names; how many layers there are is read from them.
        ids: shape (B, T), token numbers.
        real: shape (B, T), True for tokens, False for padding; at least one True a row.
        heads: attention heads.

    Returns:
        Shape (B, d), float32.
    """
    from torch.nn.functional import normalize

    x = hidden_states(weights, ids, real, heads=heads)
    share = real.to(x.dtype).unsqueeze(-1)
    return normalize((x * share).sum(dim=1) / share.sum(dim=1), dim=1)


def hidden_states(weights: "Mapping[str, Tensor]", ids: "Tensor", real: "Tensor", *, heads: int) -> "Tensor":
    """Run all layers; the shape is (B, T, d)."""
    x = _embedded(weights, ids)
    seen = real[:, None, None, :]
    for layer in range(count_layers(weights)):
        x = _layer(weights, f"encoder.layer.{layer}.", x, seen, heads)
    return x


def count_layers(weights: "Mapping[str, Tensor]") -> int:
    """Count the layers that the weights hold."""
    return len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})


def _embedded(weights: "Mapping[str, Tensor]", ids: "Tensor") -> "Tensor":
    name = "embeddings."
    words = weights[name + "word_embeddings.weight"][ids]
    places = weights[name + "position_embeddings.weight"][: ids.shape[1]]
    # Every text is one segment, the first.
    segment = weights[name + "token_type_embeddings.weight"][0]
    return _normed(weights, name + "LayerNorm.", words + places + segment)


def _layer(weights: "Mapping[str, Tensor]", name: str, x: "Tensor", seen: "Tensor", heads: int) -> "Tensor":
    from torch.nn.functional import gelu

    attended = _linear(weights, name + "attention.output.dense.", _attention(weights, name, x, seen, heads))
    x = _normed(weights, name + "attention.output.LayerNorm.", attended + x)
    inner = gelu(_linear(weights, name + "intermediate.dense.", x))
    return _normed(weights, name + "output.LayerNorm.", _linear(weights, name + "output.dense.", inner) + x)


def _attention(weights: "Mapping[str, Tensor]", name: str, x: "Tensor", seen: "Tensor", heads: int) -> "Tensor":
    from torch.nn.functional import scaled_dot_product_attention

    batch, tokens, width = x.shape
    query, key, value = (
        _linear(weights, f"{name}attention.self.{part}.", x).view(batch, tokens, heads, width // heads).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    mixed = scaled_dot_product_attention(query, key, value, attn_mask=seen)
    return mixed.transpose(1, 2).reshape(batch, tokens, width)


def _linear(weights: "Mapping[str, Tensor]", name: str, x: "Tensor") -> "Tensor":
    from torch.nn.functional import linear

    return linear(x, weights[name + "weight"], weights[name + "bias"])


def _normed(weights: "Mapping[str, Tensor]", name: str, x: "Tensor") -> "Tensor":
    from torch.nn.functional import layer_norm

    return layer_norm(x, x.shape[-1:], weights[name + "weight"], weights[name + "bias"], _EPSILON)
