package Inv::OpenAPI;

# The document of the API, web/openapi.json, as tests look at it.

use strict;
use warnings;

use FindBin;
use JSON::PP;

my $root = "$FindBin::Bin/../..";

sub root { return $root }

sub slurp {
    my ($path) = @_;
    open my $in, '<:raw', $path or die "$path: $!\n";
    local $/ = undef;
    return scalar <$in>;
}

sub path { return "$root/web/openapi.json" }

sub document { return JSON::PP->new->utf8->decode(slurp(path())) }

# The folders of tools/documents, which installs what is missing.
sub programs {
    open my $out, '-|', "$root/tools/documents" or die "tools/documents: $!\n";
    my %dir = map { chomp; split /=/, $_, 2 } <$out>;
    close $out or die "tools/documents failed\n";
    return %dir;
}

# {path => [methods in the order of the alphabet]} of a document.
sub operations {
    my ($document) = @_;
    my %found;
    for my $path (keys %{ $document->{paths} }) {
        $found{$path} = [
            sort map {uc}
            grep {/^(?:get|put|post|delete|options|head|patch|trace)$/}
                keys %{ $document->{paths}{$path} }
        ];
    }
    return \%found;
}

# The same of a route table of src/http/inv_face.c; prefix: put before.
sub routes {
    my ($table, $prefix) = @_;
    my $source = slurp("$root/src/http/inv_face.c");
    my %found;
    $source =~ /\b\Q$table\E\[\] = \{(.*?)\n\};/s or die "no table $table\n";
    my $rows = $1;
    while ($rows =~ /inv_str\("([^"]*)"\),\s*\{(.*?)\}\s*\}\s*\}/sg) {
        my ($path, $methods) = ($1, $2);
        $found{ $prefix . $path } = [sort $methods =~ /NGX_HTTP_(\w+)/g];
    }
    return \%found;
}

# The slugs of all kinds of problem, from the table in src/model.
sub slugs {
    my $source = slurp("$root/src/model/inv_problem.c");
    return [sort $source =~ /inv_problem_row\(\s*"([a-z-]+)"/g];
}

1;
