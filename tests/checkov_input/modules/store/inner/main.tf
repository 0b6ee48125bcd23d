resource "aws_kinesis_stream" "events" {
  count = 1
  name  = "events"
}
