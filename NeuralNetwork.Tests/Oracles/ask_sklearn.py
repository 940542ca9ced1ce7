"""Asks scikit-learn what predictions of several values at once come to: the numbers in SeveralTargetTests.fs are its answers.

    python3 ask_sklearn.py             the measures of fixed predictions of Linnerud's three values
    python3 ask_sklearn.py linnerud.csv   the same, and the table itself as CSV

It also prints what its own network comes to, as small as the table, with rows left out in turn, five folds of every fifth row.
"""

import sys

import numpy
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_linnerud
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HEADS = "Chins,Situps,Jumps,Weight,Waist,Pulse"


def measures(true, predicted):
    each = {"multioutput": "raw_values"}
    print("R2  ", r2_score(true, predicted, **each).tolist(), r2_score(true, predicted))
    print("MSE ", mean_squared_error(true, predicted, **each).tolist(), mean_squared_error(true, predicted))
    print("MAE ", mean_absolute_error(true, predicted, **each).tolist(), mean_absolute_error(true, predicted))


def fixed(x):
    """Predictions of nobody in particular: a line for each value, whose numbers are exact."""
    chins, situps, jumps = x.T
    return numpy.stack([190 - chins, 36.5 - situps / 64, 52 + jumps / 16], axis=1)


def network(seed):
    regressor = MLPRegressor((16,), alpha=0, solver="adam", batch_size=4, max_iter=300, random_state=seed)
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), regressor), transformer=StandardScaler())


def folds(x, y, seed):
    predicted = numpy.empty_like(y)
    for fold in range(5):
        aside = numpy.arange(len(x)) % 5 == fold
        predicted[aside] = network(seed).fit(x[~aside], y[~aside]).predict(x[aside])
    return r2_score(y, predicted, multioutput="raw_values")


x, y = load_linnerud(return_X_y=True)
print("scikit-learn", sklearn.__version__)
if len(sys.argv) > 1:
    rows = [",".join(f"{number:g}" for number in row) for row in numpy.hstack([x, y])]
    open(sys.argv[1], "w").write("\n".join([HEADS, *rows]) + "\n")
measures(y, fixed(x))
scores = numpy.array([folds(x, y, seed) for seed in range(10)])
print("folds, R2 by seed: mean", scores.mean(axis=0).tolist(), "deviation", scores.std(axis=0).tolist())
