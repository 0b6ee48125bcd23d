"""What AWS says about IAM: its actions, condition keys, resource types and managed policies.

`actions`, `resources`, `condition_keys` and `managed` answer; each reads its part of the data when it is first asked.
The data files are generated from public packages by `python -m policies.iam_catalogue.generate`; NOTICE names them.
"""
