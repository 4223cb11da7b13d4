"""The measurements of main.swift in PyTorch, printed the same way: python3 peer.py THREADS SECONDS"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
patience = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0


def measure(name, body):
    body()
    start, best = time.perf_counter(), 1e9
    while True:
        t = time.perf_counter()
        body()
        best = min(best, time.perf_counter() - t)
        if time.perf_counter() - start >= patience:
            break
    print(name, best * 1e3, flush=True)


a, b = torch.randn(768, 1024), torch.randn(1024, 1024)
measure("matmul-768x1024x1024", lambda: a @ b)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv1d(32, 32, 7, padding=3), nn.Conv1d(32, 32, 7, padding=3)

    def forward(self, x):
        return x + self.b(F.silu(self.a(x)))


net = nn.Sequential(*[Block() for _ in range(4)])
single = net[0].a


def forward(module, x):
    with torch.no_grad():
        module(x)


def both(module, x, loss):
    module.zero_grad()
    loss(module(x)).backward()


for batch in (1, 8):
    x = torch.randn(batch, 32, 8192)
    wanted = x.clone().requires_grad_()
    measure(f"conv-32-7-batch{batch}-forward", lambda: forward(single, x))
    measure(f"conv-32-7-batch{batch}-both", lambda: both(single, wanted, torch.sum))
    measure(f"net-batch{batch}-forward", lambda: forward(net, x))
    measure(f"net-batch{batch}-both", lambda: both(net, x, lambda y: y.square().mean()))

H, GROUPS = 160, [(0, 2), (2, 4), (4, 8), (8, 16), (16, 32), (32, 64)]


class Prior(nn.Module):
    def __init__(self):
        super().__init__()
        self.level, self.inp, self.gru = nn.Embedding(6, 32), nn.Linear(64, H), nn.GRU(H + 32, H, 2, batch_first=True)
        self.head = nn.ModuleList([
            nn.Sequential(nn.Linear(H + 32 + a, H), nn.SiLU(), nn.Linear(H, H), nn.SiLU(), nn.Linear(H, 3 * (b - a))) for a, b in GROUPS
        ])
        self.within = nn.ParameterList([nn.Parameter(torch.zeros(2 * (b - a), b - a)) for a, b in GROUPS])

    def forward(self, q, level):
        batch, frames, _ = q.shape
        z = torch.sign(q) * torch.log1p(q.abs())
        e = self.level(level)[:, None].expand(batch, frames, 32)
        h = F.silu(self.inp(z))
        h = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], 1)
        h, _ = self.gru(torch.cat([h, e], 2))
        h, bits = torch.cat([h, e], 2), 0
        for (a, b), head, w in zip(GROUPS, self.head, self.within):
            n = b - a
            o = head(torch.cat([h, z[:, :, :a]], 2)).view(batch, frames, n, 3)
            r = F.linear(z[:, :, a:b], w * torch.tril(torch.ones(n, n), -1).repeat_interleave(2, 0)).view(batch, frames, n, 2)
            mu, sc, pz = o[..., 0] + r[..., 0], torch.exp((o[..., 1] + r[..., 1]).clamp(-4, 7)), torch.sigmoid(o[..., 2])
            x = q[:, :, a:b]
            p = (1 - pz) * (torch.sigmoid((x - mu + 0.5) / sc) - torch.sigmoid((x - mu - 0.5) / sc)) + pz * (x == 0)
            bits = bits - torch.log2(p.clamp_min(2**-20)).sum((1, 2))
        return (bits / (frames * 64)).mean()


prior = Prior()
adam = torch.optim.Adam(prior.parameters(), 1e-3)
q = torch.round(torch.randn(48, 64, 64) * 3 / (1 + torch.arange(64) // 4))
level = torch.arange(48) % 6


def step():
    loss = prior(q, level)
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(prior.parameters(), 1.0)
    adam.step()


measure("gru-prior-training-step", step)


class Enhancer(nn.Module):
    def __init__(self):
        super().__init__()
        self.input, self.output = nn.Conv2d(4, 32, 6, 2, 2), nn.ConvTranspose2d(32, 3, 6, 2, 2)
        self.blocks = nn.ModuleList([nn.ModuleList([nn.Conv2d(32, 32, 3, padding=1) for _ in range(2)]) for _ in range(4)])

    def forward(self, x):
        h = self.input(x)
        for a, b in self.blocks:
            h = h + b(F.silu(a(F.silu(h))))
        return self.output(F.silu(h))


enhancer, picture = Enhancer(), torch.randn(1, 4, 512, 768)
measure("picture-enhancer-768x512", lambda: forward(enhancer, picture))
