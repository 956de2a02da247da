package Inv::Metrics;

# A scrape of inventory_metrics, read as strictly as its format is written.

use strict;
use warnings;

my $name  = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $label = qr/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"/;

# The response to a GET; dies of any line that is not of the format.
sub new {
    my ($class, $response) = @_;
    my (@samples, %type, %seen);
    die 'metrics: ', $response->text, "\n" if $response->status != 200;
    for my $line (split /\n/, $response->body) {
        next if $line =~ /^# HELP $name \S/;
        if ($line =~ /^# TYPE ($name) (counter|gauge|histogram)$/) {
            die "metrics: $1 twice\n" if $type{$1};
            $type{$1} = $2;
            next;
        }
        $line =~ /^($name)(?:\{($label(?:,$label)*)\})? (\d+(?:\.\d+)?)$/
            or die "metrics: not a sample: $line\n";
        my ($metric, $labels, $value) = ($1, $2 // '', $3);
        die "metrics: twice: $metric {$labels}\n" if $seen{"$metric $labels"}++;
        my %labels = $labels =~ /(\w+)="((?:[^"\\]|\\.)*)"/g;
        push @samples, { name => $metric, labels => \%labels, value => $value };
    }
    return bless { samples => \@samples, types => \%type }, $class;
}

# The samples of a metric that have these labels.
sub samples {
    my ($self, $metric, %labels) = @_;
    return grep {
        my $sample = $_;
        $sample->{name} eq $metric
            && !grep { ($sample->{labels}{$_} // '') ne $labels{$_} }
            keys %labels
    } @{ $self->{samples} };
}

# Their sum; 0 where there are none.
sub value {
    my ($self, $metric, %labels) = @_;
    my $sum = 0;
    $sum += $_->{value} for $self->samples($metric, %labels);
    return $sum;
}

sub types { my ($self) = @_; return %{ $self->{types} } }

# The names of all samples, each once.
sub names {
    my ($self) = @_;
    my %names = map { $_->{name} => 1 } @{ $self->{samples} };
    return sort keys %names;
}

1;
