package Inv::Bench::Table;

# The table of a benchmark: a row for what was measured and what it is compared
# with, side by side.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(head row median);

my $FIGURES = '%9s %8s %8s %7s';

sub head {
    my $names = sprintf $FIGURES, 'req/s', 'p50', 'p99', 'nginx';
    printf "%-7s %-5s %-14s %s | %s | %7s %6s  %s\n", 'workers', 'conns',
        'request', $names, $names, 'times', 'p99', 'accounts';
    return;
}

# results, base: references to the results of all rounds; base may be left out.
sub row {
    my ($workers, $connections, $name, $results, $base) = @_;
    my $of = median(@{$results});
    my $to = $base ? median(@{$base}) : undef;
    printf "%-7s %-5s %-14s %s | %s | %7s %6s  %s\n", $workers, $connections,
        $name, figures($of), figures($to), ratio($of, $to, 'rate'),
        ratio($of, $to, 'p99'), join '; ',
        map { $_->{account} // () } @{$results}, @{ $base // [] };
    return;
}

sub figures {
    my ($result) = @_;
    return sprintf $FIGURES, ('') x 4 if !$result;
    return sprintf $FIGURES, sprintf('%.0f', $result->{rate}),
        map { sprintf '%.2f', $_ } $result->{p50} / 1000,
        $result->{p99} / 1000, $result->{cpu};
}

sub ratio {
    my ($of, $to, $what) = @_;
    return $to && $to->{$what}
        ? sprintf '%.2f', $of->{$what} / $to->{$what}
        : '';
}

# The result in the middle of the rates; the lower of two.
sub median {
    my (@results) = sort { $a->{rate} <=> $b->{rate} } @_;
    return $results[ $#results / 2 ];
}

1;
