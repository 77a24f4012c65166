# Rakes a made wave and estimates one question for everyone and in one place with R's package survey: the processor's
# seconds, as JSON, with what every place would take.
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
first <- subset(raked, place == places$place[1])
estimated <- function(by) {
  whole <- seconds(by(~q, raked, na.rm = TRUE))
  whole + nrow(places) * seconds(by(~q, first, na.rm = TRUE))
}
cat(sprintf(
  '{"rake": %.3f, "svymean": %.3f, "svyciprop": %.3f}\n', rake_s, estimated(svymean), estimated(svyciprop)
))
