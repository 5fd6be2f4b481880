"""Real students, trained in ensembles (needs torch); callers name the module they mean.

from kdviz.problems.digits import digits
from kdviz.problems.transfer import transfer_sets
from kdviz.train import fit, measure, teachers

data = digits()                                                   # 1200 images to learn from, 597 to be tested on
taught = teachers.teacher(data)                                   # eight networks, their mean logits
index, labels = transfer_sets(data, 100, seeds=range(20))         # one class-balanced set of 100 per seed
runs = [fit.Run(KD(8.0), seed) for seed in range(20)]
watch = measure.evaluate(data, taught.test)
for record in fit.fit(runs, fit.Plan(), data.x[index], labels, taught.train[index], watch=watch):
    print(record.step, record.measured["accuracy"].mean())
"""
