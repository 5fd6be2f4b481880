"""04: what keeps its value while a network is trained, the mean logit or the class mean of the last layer?"""
