"""Access levels that differ here from AWS's page, where that calls what changes rights a Write (or a Tagging).

AWS defines "Permissions management" as permission to grant or modify permissions, yet its pages use it unevenly: of two
services with resource policies one has it and the other does not. Reviewed by hand: what is listed lets its holder
decide who may do something, be it by a policy, a role that is passed on, a share, a membership, a credential of somebody
else, or trust in an identity provider. `generate.py` reads this list; patterns are those of Action.
"""

PERMISSIONS_MANAGEMENT = (
    # resource policies
    "*:DeleteResourcePolicy", "*:PutResourcePolicy", "aiops:*InvestigationGroupPolicy", "appmesh:*MeshPolicy",
    "codeartifact:Put*PermissionsPolicy", "dsql:*ClusterPolicy", "ec2:ModifyVerifiedAccess*Policy",
    "ecr-public:DeleteRepositoryPolicy", "kafka:DeleteClusterPolicy", "kafka:PutClusterPolicy", "lex:CreateResourcePolicy",
    "lex:UpdateResourcePolicy", "logs:*DeliveryDestinationPolicy", "logs:PutDestinationPolicy",
    "mediapackagev2:DeleteChannelPolicy", "mediapackagev2:DeleteOriginEndpointPolicy", "mediapackagev2:PutChannelPolicy",
    "mediapackagev2:PutOriginEndpointPolicy", "oam:PutSinkPolicy", "omics:DeleteS3AccessPolicy", "omics:PutS3AccessPolicy",
    "rekognition:*ProjectPolicy", "route53profiles:PutProfilePolicy", "sagemaker:*LineageGroupPolicy",
    "sagemaker:DeleteModelPackageGroupPolicy", "sagemaker:PutModelPackageGroupPolicy",
    "serverlessrepo:PutApplicationPolicy", "ssm-contacts:PutContactPolicy",
    # attributes that hold a resource policy or say with whom something is shared
    "appstream:*ImagePermissions", "ec2:ModifyImageAttribute", "es:UpdateDomainConfig", "es:UpdateElasticsearchDomainConfig",
    "lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig", "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
    # users, groups, roles and their credentials
    "cognito-identity:SetIdentityPoolRoles", "iam:AddRoleToInstanceProfile", "iam:AddUserToGroup", "iam:CreateAccessKey",
    "iam:CreateLoginProfile", "iam:CreateRole", "iam:CreateServiceSpecificCredential", "iam:DeactivateMFADevice",
    "iam:PassRole", "iam:RemoveUserFromGroup", "iam:ResetServiceSpecificCredential", "iam:UpdateAccessKey",
    "iam:UpdateAccountPasswordPolicy", "iam:UpdateLoginProfile", "iam:UploadSSHPublicKey", "iam:UploadSigningCertificate",
    "identitystore:CreateGroupMembership", "organizations:RegisterDelegatedAdministrator", "sso-directory:AddMemberToGroup",
    "sso-directory:UpdatePassword",
    # trust in identity providers
    "iam:*OpenIDConnectProvider", "iam:CreateSAMLProvider", "iam:UpdateOpenIDConnectProviderThumbprint",
    "iam:UpdateSAMLProvider", "rolesanywhere:CreateProfile", "rolesanywhere:CreateTrustAnchor",
    "rolesanywhere:UpdateProfile", "rolesanywhere:UpdateTrustAnchor",
    # who may do what inside a service, and shares with other accounts
    "aoss:*AccessPolicy", "eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:DisassociateAccessPolicy",
    "eks:UpdateAccessEntry", "iotsitewise:*AccessPolicy", "quicksight:CreateAdmin", "quicksight:CreateGroupMembership",
    "quicksight:*IAMPolicyAssignment", "quicksight:UpdateResourcePermissions", "ram:AcceptResourceShareInvitation",
    "ram:AssociateResourceShare*", "ram:CreatePermission", "ram:CreateResourceShare", "ram:DisassociateResourceShare*",
    "ram:UpdateResourceShare", "sso:AssociateProfile", "sso:CreateAccountAssignment", "sso:CreatePermissionSet",
    "sso:PutApplicationGrant", "sso:PutInlinePolicyToPermissionSet",
)  # fmt: skip
"""Of what these match, actions that AWS calls Write count as Permissions management."""
