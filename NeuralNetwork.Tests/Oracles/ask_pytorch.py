"""Asks PyTorch about weights that nn exports, and writes weights of PyTorch's for nn to read, with their outputs.

python3 ask_pytorch.py NN.dll FOLDER        needs torch and numpy

FOLDER gets a safetensors file for each network below, and pytorch.json with the rows and the answers; then a network for
each way to standardise features, and pytorch-standardised.json. The tests read these.
"""

import json
import pathlib
import sys
import tempfile

import numpy
import torch
from torch import nn

import tables

program, target = sys.argv[1], pathlib.Path(sys.argv[2])


def exported(folder):
    """PyTorch's predictions with our weights: load_state_dict of the printed network takes them all, and no others."""
    for name, data, options in tables.networks():
        model = tables.train(program, folder, name, data, options)
        path = model.with_name("torch.safetensors")
        tables.nn(program, "model", "export", str(model), "--out", str(path), "--layout", "torch")
        metadata, tensors = tables.read_safetensors(path)
        scope = {"nn": nn}
        exec(metadata["sequential"], scope)
        network = scope["network"]
        network.load_state_dict({key: torch.from_numpy(tensor.copy()) for key, tensor in tensors.items()})
        network.eval()
        description = json.loads(metadata["description"])["preprocessing"]
        rows = tables.rows_of(data)
        x = (rows / description["divisor"] - description["shift"]) / description["scale"]
        kind = torch.float64 if "float64" in name else torch.float32
        with torch.no_grad():
            answers = network(torch.tensor(x, dtype=kind)).double().numpy()
        if description["target_scale"]:
            answers = answers * description["target_scale"] + description["target_shift"]
        own = predictions(folder, model, data, rows)
        difference = (numpy.abs(answers - own) / numpy.maximum(1, numpy.abs(own))).max()
        print(f"{name}: PyTorch differs by {difference:.1e}")
        assert difference <= 1e-5


def predictions(folder, model, data, rows):
    """Ours, for rows written as CSV."""
    table, answers = folder / "rows.csv", folder / "rows.npy"
    colours = [["blue", "green", "red"][int(row[2:].argmax())] for row in rows]
    lines = [f"{row[0]!r},{row[1]!r},{colour}" for row, colour in zip(rows.tolist(), colours)]
    table.write_text("\n".join(["length,weight,colour", *lines]) + "\n")
    answers.unlink(missing_ok=True)
    tables.nn(program, "predict", str(model), str(table), "--probabilities", "--out", str(answers))
    own = numpy.load(answers)
    return own.reshape(len(rows), -1)


class Named(nn.Module):
    """As people write networks: names in the order of their use, and not of the alphabet."""

    def __init__(self):
        super().__init__()
        self.fc1, self.bn1 = nn.Linear(6, 7), nn.BatchNorm1d(7, eps=1e-3)
        self.fc2, self.bn2 = nn.Linear(7, 5), nn.BatchNorm1d(5, eps=1e-3)
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        x = torch.tanh(self.bn1(self.fc1(x)))
        return self.out(torch.tanh(self.bn2(self.fc2(x))))


def sequential():
    return nn.Sequential(
        *(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU()),
        *(nn.Linear(8, 8), nn.GELU(), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 4), nn.PReLU()),
        *(nn.Linear(4, 4), nn.PReLU(4), nn.Linear(4, 2)),
    )


def settle(network):
    """Statistics and slopes that are not those of the beginning."""
    network.train()
    for _ in range(30):
        network(torch.randn(16, 6, dtype=next(network.parameters()).dtype) * 2 + 1)
    for module in network.modules():
        if isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight, 0.1, 0.4)
        if isinstance(module, nn.BatchNorm1d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network.eval()


def bfloat16(tensor):
    bits = tensor.detach().to(torch.bfloat16).float().numpy().view("<u4") >> 16
    return "BF16", tensor.shape, bits.astype("<u2").tobytes()


def made():
    """Networks of PyTorch's in every element type: name, tensors, the options of nn model import, the network."""
    torch.manual_seed(1)
    yield "sequential", settle(sequential()), None, "--activation relu,relu,gelu,identity,identity"
    yield "sequential-float64", settle(sequential().double()), None, "--activation relu,relu,gelu,identity,identity"
    layers = "--layers fc1,bn1,fc2,bn2,out"  # out has no number
    yield "named", settle(Named()), None, f"--activation tanh --batch-norm-epsilon 0.001 {layers}"
    for kind, written in (("float16", "half"), ("bfloat16", bfloat16)):
        network = nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 1))
        for parameter in network.parameters():
            parameter.data = parameter.data.to(getattr(torch, kind)).float()
        yield kind, network, written, "--activation sigmoid"


def written(network, how):
    for key, tensor in network.state_dict().items():
        if how == "half":
            yield key, tensor.half().numpy()
        else:
            yield key, tensor.numpy() if how is None else how(tensor)


def make():
    rows = torch.randn(12, 6, dtype=torch.float64)
    found = []
    for name, network, how, options in made():
        tables.write_safetensors(target / f"pytorch-{name}.safetensors", dict(written(network, how)))
        with torch.no_grad():
            z = network(rows.to(next(network.parameters()).dtype))
            answers = (torch.softmax(z, 1) if z.shape[1] > 1 else z).double()
        found.append({"name": name, "options": options, "answers": answers.flatten().tolist()})
    text = {"asked": f"PyTorch {torch.__version__}", "rows": rows.flatten().tolist(), "networks": found}
    (target / "pytorch.json").write_text(json.dumps(text))



def listed(numbers):
    return ",".join(repr(number) for number in numpy.atleast_1d(numbers).tolist())


def standardised():
    """Networks behind torchvision's Normalize, and behind scikit-learn's StandardScaler, as PyTorch computes them."""
    torch.manual_seed(3)
    draw = numpy.random.default_rng(3)
    images = draw.integers(0, 256, (12, 6)).astype(float)
    columns = draw.normal([1e4, -2, 0, 1e-3, 5, -300], [3, 1, 0.5, 1e-4, 40, 7], (12, 6))
    columns = columns.astype("f4").astype(float)  # numbers that a row of float32 holds
    ways = (
        ("images", images, 255.0, 0.1307, 0.3081),
        ("columns", columns, 1.0, columns.mean(axis=0), columns.std(axis=0)),
    )
    found = []
    for name, rows, divisor, mean, deviation in ways:
        network = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
        tables.write_safetensors(target / f"pytorch-{name}.safetensors", dict(written(network, None)))
        x = torch.tensor((rows / divisor - mean) / deviation, dtype=torch.float32)
        with torch.no_grad():
            answers = torch.softmax(network(x), 1).double()
        options = {"--divisor": repr(divisor), "--mean": listed(mean), "--deviation": listed(deviation)}
        numbers = {"rows": rows.flatten().tolist(), "answers": answers.flatten().tolist()}
        found.append({"name": name, "options": options, **numbers})
    text = {"asked": f"PyTorch {torch.__version__}", "networks": found}
    (target / "pytorch-standardised.json").write_text(json.dumps(text))


make()
standardised()
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    tables.write_tables(folder)
    exported(folder)
