"""Real students, trained in ensembles (needs torch); callers name the module they mean.

from kdviz.train import data, fit, measure, teachers

digits = data.digits()                                            # 1200 images to learn from, 597 to be judged on
taught = teachers.teacher(digits)                                 # eight networks, their mean logits
index, labels = data.transfer_sets(digits, 100, seeds=range(20))  # one class-balanced set of 100 per seed
runs = [fit.Run(KD(8.0), seed) for seed in range(20)]
watch = measure.judge(digits, taught.test)
for record in fit.fit(runs, fit.Plan(), digits.x[index], labels, taught.train[index], watch=watch):
    print(record.step, record.measured["accuracy"].mean())
"""
