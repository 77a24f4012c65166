# Rakes a made wave and estimates one question in every place with R's package survey: the processor's seconds, as JSON.
suppressMessages(library(survey))
given <- commandArgs(TRUE)
data <- read.csv(given[1], colClasses = c("character", "character", "numeric"))
cells <- read.csv(given[2], colClasses = c("character", "numeric"), col.names = c("cell", "Freq"))
places <- read.csv(given[3], colClasses = c("character", "numeric"), col.names = c("place", "Freq"))
seconds <- function(what) {
  begun <- proc.time()
  force(what)
  taken <- proc.time() - begun
  unname(taken["user.self"] + taken["sys.self"])
}
raked <- NULL
rake_s <- seconds(raked <- rake(svydesign(ids = ~1, weights = ~1, data = data), list(~cell, ~place), list(cells, places)))
mean_s <- seconds({
  svymean(~q, raked, na.rm = TRUE)
  for (each in places$place) svymean(~q, subset(raked, place == each), na.rm = TRUE)
})
prop_s <- seconds({
  svyciprop(~q, raked, na.rm = TRUE)
  for (each in places$place) svyciprop(~q, subset(raked, place == each), na.rm = TRUE)
})
cat(sprintf('{"rake": %.3f, "svymean": %.3f, "svyciprop": %.3f}\n', rake_s, mean_s, prop_s))
