from tieout.posting import Chart

Chart.load("cn_small_business").account("freight_to_the_moon")
