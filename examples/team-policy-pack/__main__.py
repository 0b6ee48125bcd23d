"""A team's pack: one policy of its own, and every rule of stackproof with the settings in stackproof.yaml."""

from pathlib import Path

from pulumi_policy import PolicyPack, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.pulumi_policies import as_policies


def allowed_region(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type == "pulumi:providers:aws" and args.props.get("region") not in {None, "eu-west-1", "eu-central-1"}:
        report("the team deploys to eu-west-1 and eu-central-1")


PolicyPack(
    name="team",
    policies=[
        ResourceValidationPolicy("region-allowed", "Resources are in the regions of the team.", allowed_region),
        *as_policies(Path(__file__).with_name("stackproof.yaml")),
    ],
)
