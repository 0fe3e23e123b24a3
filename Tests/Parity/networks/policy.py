"""The regime-conditioned Transformer policy in PyTorch: what the fixtures and the benchmark compare with."""
import math

import torch
from torch import nn


def sinusoidal(length, width):
    """Vaswani et al. 2017, section 3.5: sin at even columns, cos at odd ones."""
    position = torch.arange(length, dtype=torch.float64)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10000.0) / width))
    table = torch.zeros(length, width, dtype=torch.float64)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)
    return table


class RegimePolicy(nn.Module):
    def __init__(self, features=44, context=100, width=256, layers=3, heads=4, feedforward=1024, regimes=4,
                 head_width=256, actions=3, head_activation="relu", positions="learned"):
        super().__init__()
        self.input_projection = nn.Linear(features, width)
        if positions == "learned":
            self.positions = nn.Embedding(context, width)
        else:
            self.register_buffer("position_table", sinusoidal(context, width), persistent=False)
        layer = nn.TransformerEncoderLayer(width, heads, feedforward, dropout=0.0, activation="relu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.regime_embedding = nn.Embedding(regimes, width)
        activation = nn.ReLU if head_activation == "relu" else nn.Tanh
        self.actor = nn.Sequential(nn.Linear(2 * width, head_width), activation(), nn.Linear(head_width, actions))
        self.critic = nn.Sequential(nn.Linear(2 * width, head_width), activation(), nn.Linear(head_width, 1))

    def forward(self, windows, regimes):
        """windows [B x context x features], regimes [B] -> logits [B x actions], values [B]"""
        x = self.input_projection(windows)
        x = x + (self.positions.weight if hasattr(self, "positions") else self.position_table.to(x.dtype))
        x = self.encoder(x)
        joined = torch.cat([x[:, -1], self.regime_embedding(regimes)], dim=1)
        return self.actor(joined), self.critic(joined)[:, 0]
